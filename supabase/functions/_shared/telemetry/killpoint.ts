/**
 * Named points at which crash tests stop this process for real. `FLEET_KILLPOINTS` is
 * `NAME=/path/of/a/marker,…`: the first process to pass a named point creates its marker file and
 * sends itself SIGKILL; later ones find the marker and pass. Unset, as everywhere but in tests, the
 * returned function does nothing.
 */
export function createKillpoints(setting: string | undefined): (name: string) => void {
  if (setting === undefined || setting === "") return () => {};
  const markers = new Map(
    setting.split(",").map((pair) => {
      const [name, path] = pair.split("=");
      return [name, path] as const;
    }),
  );
  return (name) => {
    const marker = markers.get(name);
    if (marker === undefined) return;
    try {
      Deno.openSync(marker, { write: true, createNew: true }).close();
    } catch (error) {
      if (error instanceof Deno.errors.AlreadyExists) return;
      throw error;
    }
    Deno.kill(Deno.pid, "SIGKILL");
  };
}
