CREATE TABLE "partition_snapshot" (
    "partition" INTEGER NOT NULL,
    "position" BIGINT NOT NULL,
    "bytes" BYTEA NOT NULL,
    "created_at" BIGINT NOT NULL,

    CONSTRAINT "partition_snapshot_pkey" PRIMARY KEY ("partition")
);

CREATE TABLE "snapshot_progress" (
    "id" INTEGER NOT NULL,
    "through" BIGINT NOT NULL,
    "lineage" TEXT NOT NULL,

    CONSTRAINT "snapshot_progress_pkey" PRIMARY KEY ("id")
);
