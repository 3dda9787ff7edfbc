CREATE TABLE "snapshot_head" (
    "partition" INTEGER NOT NULL,
    "position" BIGINT NOT NULL,
    "bytes" BYTEA NOT NULL,

    CONSTRAINT "snapshot_head_pkey" PRIMARY KEY ("partition")
);
