-- Allocations that correct others, and allocations that are taken back.

-- The allocation that this one corrects: the first of a chain.
ALTER TABLE allocations ADD COLUMN adjusts UUID;
-- Its place in the chain, from 1, once it is approved: only the last says what the schools should have.
ALTER TABLE allocations ADD COLUMN nth BIGINT CHECK (nth >= 1);
-- What the schools had been given together when it was computed: the sum of the lines' was.
ALTER TABLE allocations ADD COLUMN was BIGINT NOT NULL DEFAULT 0 CHECK (was >= 0);
-- What was deducted together: the sum of the lines' deductions.
ALTER TABLE allocations ADD COLUMN deducted BIGINT NOT NULL DEFAULT 0 CHECK (deducted >= 0);
-- What could not be taken back together, once it is approved: the sum of the lines' shortfalls.
ALTER TABLE allocations ADD COLUMN short BIGINT NOT NULL DEFAULT 0 CHECK (short >= 0);
ALTER TABLE allocations ADD COLUMN shortfalls TEXT CHECK (shortfalls IN ('leave', 'next_year'));
ALTER TABLE allocations ADD COLUMN reversal_id UUID;
ALTER TABLE allocations ADD COLUMN reversed_by UUID;
ALTER TABLE allocations ADD COLUMN reversed_at TIMESTAMPTZ;
ALTER TABLE allocations ADD COLUMN reversed_because TEXT;
CREATE UNIQUE INDEX allocations_by_adjusted ON allocations (hub_id, adjusts, nth) WHERE adjusts IS NOT NULL;

-- A line posts credits - was - deduction + shortfall to the school's wallet.
ALTER TABLE allocation_lines ADD COLUMN was BIGINT NOT NULL DEFAULT 0 CHECK (was >= 0);
ALTER TABLE allocation_lines ADD COLUMN deduction BIGINT NOT NULL DEFAULT 0 CHECK (deduction >= 0);
ALTER TABLE allocation_lines ADD COLUMN shortfall BIGINT NOT NULL DEFAULT 0 CHECK (shortfall >= 0);
CREATE INDEX allocation_lines_short ON allocation_lines (hub_id, allocation_id, school_id) WHERE shortfall > 0;

-- Which shortfalls the deductions of an allocation settle: those that an adjustment of an earlier year left.
CREATE TABLE allocation_deductions (
    hub_id UUID NOT NULL,
    allocation_id UUID NOT NULL,
    school_id UUID NOT NULL,
    adjustment_id UUID NOT NULL,
    credits BIGINT NOT NULL CHECK (credits > 0),
    PRIMARY KEY (hub_id, allocation_id, school_id, adjustment_id),
    FOREIGN KEY (hub_id, allocation_id) REFERENCES allocations (hub_id, id),
    FOREIGN KEY (hub_id, adjustment_id) REFERENCES allocations (hub_id, id),
    FOREIGN KEY (hub_id, school_id) REFERENCES schools (hub_id, id)
);
CREATE INDEX allocation_deductions_by_adjustment ON allocation_deductions (hub_id, adjustment_id, school_id);

-- The allocation that a notice is about.
ALTER TABLE notices ADD COLUMN allocation_id UUID;
