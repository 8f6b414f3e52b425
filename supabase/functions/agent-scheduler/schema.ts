import { z } from "zod";

/** `POST agent-scheduler` (contract.md §4): nothing, or the schedule to run now. */
export const SchedulerBody = z.strictObject({ schedule_id: z.uuid().optional() });
