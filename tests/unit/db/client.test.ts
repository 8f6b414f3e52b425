import assert from "node:assert/strict";
import { Socket } from "node:net";
import "../../../supabase/functions/_shared/db/client.ts";

Deno.test("a driver's flush that has nothing left to write does not end the isolate", () => {
  assert.equal(new Socket().write(null as unknown as string), true);
});

Deno.test("a driver's socket still refuses what is neither text nor bytes", () => {
  assert.throws(() => new Socket().write(7 as unknown as string), TypeError);
});
