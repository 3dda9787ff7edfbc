-- 'TopG': tells our databases from those of other applications by their header alone.
PRAGMA application_id = 1416589383;

CREATE TABLE "ledger_owner" (
    "id" INTEGER NOT NULL PRIMARY KEY,
    "epoch" BIGINT NOT NULL,
    "lineage" TEXT NOT NULL
);

CREATE TABLE "ledger_segment" (
    "position" BIGINT NOT NULL PRIMARY KEY,
    "epoch" BIGINT NOT NULL,
    "bytes" BLOB NOT NULL,
    "created_at" BIGINT NOT NULL
);

CREATE TABLE "record" (
    "map" TEXT NOT NULL,
    "key" TEXT NOT NULL,
    "value" TEXT,
    "state" TEXT NOT NULL,
    "deleted" BOOLEAN NOT NULL,
    "position" BIGINT NOT NULL,
    "updated_at" BIGINT NOT NULL,

    PRIMARY KEY ("map", "key")
);

CREATE TABLE "cold_progress" (
    "id" INTEGER NOT NULL PRIMARY KEY,
    "through" BIGINT NOT NULL
);
