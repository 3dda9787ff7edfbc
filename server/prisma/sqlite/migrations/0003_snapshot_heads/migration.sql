CREATE TABLE "snapshot_head" (
    "partition" INTEGER NOT NULL PRIMARY KEY,
    "position" BIGINT NOT NULL,
    "bytes" BLOB NOT NULL
);
