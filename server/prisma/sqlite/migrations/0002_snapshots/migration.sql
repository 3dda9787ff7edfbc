CREATE TABLE "partition_snapshot" (
    "partition" INTEGER NOT NULL PRIMARY KEY,
    "position" BIGINT NOT NULL,
    "bytes" BLOB NOT NULL,
    "created_at" BIGINT NOT NULL
);

CREATE TABLE "snapshot_progress" (
    "id" INTEGER NOT NULL PRIMARY KEY,
    "through" BIGINT NOT NULL,
    "lineage" TEXT NOT NULL
);
