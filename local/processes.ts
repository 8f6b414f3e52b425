/** What the stack asks about processes it did not necessarily start itself. */

/** User and system time of a process in ms, from /proc; 0 where there is none (not Linux, or gone). */
export function cpuMsOf(pid: number): number {
  try {
    const stat = Deno.readTextFileSync(`/proc/${pid}/stat`);
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    // Clock ticks of 10 ms: fields 14 and 15 of proc(5), counted from the state field.
    return (Number(fields[11]) + Number(fields[12])) * 10;
  } catch {
    return 0;
  }
}

/**
 * Whether `pid` lives and its command line contains `words`: a pid read from a file may belong to
 * somebody else by now.
 */
export async function isProcess(pid: number, words: string): Promise<boolean> {
  const line = await commandOf(pid);
  return line !== "" && line.includes(words);
}

/** Sends a signal, waits until the process is gone, and kills it after `limitMs`. */
export async function endProcess(
  pid: number,
  options: { readonly words: string; readonly signal: Deno.Signal; readonly limitMs: number },
): Promise<void> {
  if (!await isProcess(pid, options.words)) return;
  send(pid, options.signal);
  const until = Date.now() + options.limitMs;
  while (await isProcess(pid, options.words)) {
    if (Date.now() > until) send(pid, "SIGKILL");
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

function send(pid: number, signal: Deno.Signal): void {
  try {
    Deno.kill(pid, signal);
  } catch {
    // Gone in between, which is what was wanted.
  }
}

/** Empty when the process is gone or only waits to be reaped. */
async function commandOf(pid: number): Promise<string> {
  if (Deno.build.os === "linux") {
    // Slim images have no ps.
    const line = await Deno.readTextFile(`/proc/${pid}/cmdline`).catch(() => "");
    return line.replaceAll("\0", " ");
  }
  const { success, stdout } = await new Deno.Command("ps", {
    // -ww: without it the line is cut at the terminal's width.
    args: ["-ww", "-o", "args=", "-p", String(pid)],
    stdin: "null",
    stderr: "null",
  }).output();
  return success ? new TextDecoder().decode(stdout) : "";
}
