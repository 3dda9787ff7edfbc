CREATE TABLE "ledger_owner" (
    "id" INTEGER NOT NULL,
    "epoch" BIGINT NOT NULL,
    "lineage" TEXT NOT NULL,

    CONSTRAINT "ledger_owner_pkey" PRIMARY KEY ("id")
);

CREATE TABLE "ledger_segment" (
    "position" BIGINT NOT NULL,
    "epoch" BIGINT NOT NULL,
    "bytes" BYTEA NOT NULL,
    "created_at" BIGINT NOT NULL,

    CONSTRAINT "ledger_segment_pkey" PRIMARY KEY ("position")
);

-- Every ack waits for this insert: compressing a segment of 200 kB takes three times as long as writing it.
ALTER TABLE "ledger_segment" ALTER COLUMN "bytes" SET STORAGE EXTERNAL;

-- Text is compared byte by byte, whatever the database's own collation is.
CREATE TABLE "record" (
    "map" TEXT COLLATE "C" NOT NULL,
    "key" TEXT COLLATE "C" NOT NULL,
    "value" TEXT,
    "state" TEXT NOT NULL,
    "deleted" BOOLEAN NOT NULL,
    "position" BIGINT NOT NULL,
    "updated_at" BIGINT NOT NULL,

    CONSTRAINT "record_pkey" PRIMARY KEY ("map", "key")
);

CREATE TABLE "cold_progress" (
    "id" INTEGER NOT NULL,
    "through" BIGINT NOT NULL,

    CONSTRAINT "cold_progress_pkey" PRIMARY KEY ("id")
);
