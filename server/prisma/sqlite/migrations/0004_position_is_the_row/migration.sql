-- As INTEGER, and by no other name, the key is where SQLite keeps the row. As BIGINT it had an index beside the table, one page more to log for each append.
CREATE TABLE "ledger_segment_by_row" (
    "position" INTEGER NOT NULL PRIMARY KEY,
    "epoch" BIGINT NOT NULL,
    "bytes" BLOB NOT NULL,
    "created_at" BIGINT NOT NULL
);
INSERT INTO "ledger_segment_by_row" ("position", "epoch", "bytes", "created_at")
SELECT "position", "epoch", "bytes", "created_at" FROM "ledger_segment" ORDER BY "position";
DROP TABLE "ledger_segment";
ALTER TABLE "ledger_segment_by_row" RENAME TO "ledger_segment";
