/** A local database as format 1 has it on the disk: `write-golden-database.ts` has made it, and it never changes. */
export const FORMAT_1 = {
  databaseVersion: 10,
  stores: {
    journal: [
      {
        v: 1,
        map: 'todos',
        changes: '[["c",["-------2---dbdbdbdbdbdb.0",1,"",[["title","","journaled"]]]],["b"]]',
        id: 2,
      },
    ],
    kept: [
      {
        v: 1,
        replica: 'dbdbdbdbdbdb.0',
        last: 3,
        lineage: 'l',
        position: 1,
        at: 1,
        count: 1,
        entries: '[[1,[3,"------Ef---dbdbdbdbdbdb.0","todos","k3","c",[["title","title 3"]]]]]',
        id: 1,
      },
    ],
    meta: [
      {
        id: 'identity',
        v: 1,
        databaseId: 'Oc-_IdiGS8Jj',
      },
      {
        id: 'issued:dbdbdbdbdbdb.0',
        v: 1,
        replica: 'dbdbdbdbdbdb.0',
        seq: 3,
        stamp: '------Ef---dbdbdbdbdbdb.0',
      },
      {
        id: 'lead',
        v: 1,
        number: 1,
      },
      {
        id: 'used:todos',
        v: 1,
        map: 'todos',
        at: 7,
      },
      {
        id: 'view:todos\u0000',
        v: 1,
        hasMore: true,
        records: '[["a",["-------0---dbdbdbdbdbdb.0",1,"",[["title","","paged"]]]]]',
      },
      {
        id: 'views',
        v: 1,
        ids: ['view:todos\u0000'],
      },
    ],
    outbox: [
      {
        v: 1,
        replica: 'dbdbdbdbdbdb.0',
        first: 1,
        last: 1,
        count: 1,
        entries: '[[1,[1,"------Ed---dbdbdbdbdbdb.0","todos","k1","c",[["title","title 1"]]]]]',
        id: 1,
      },
    ],
    pages: [
      {
        v: 1,
        map: 'todos',
        first: '',
        keys: ['a', 'b'],
        records: [
          '["-------0---dbdbdbdbdbdb.0",1,"",[["title","","paged"]]]',
          '["-------1---dbdbdbdbdbdb.0",1,"",[["title","","dropped"]]]',
        ],
      },
    ],
    rejections: [
      {
        id: 'dbdbdbdbdbdb.0:2',
        v: 1,
        rejection:
          '["dbdbdbdbdbdb.0",[2,"------Ee---dbdbdbdbdbdb.0","todos","k2","c",[["title","title 2"]]],"record-absent","There is no such record.",5]',
      },
    ],
  },
} as const;
