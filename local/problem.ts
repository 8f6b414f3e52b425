/** An error of the platform itself, in the shape and with the header of the hosted gateway. */
export function problem(
  status: number,
  code: string,
  message: string,
  headers: Readonly<Record<string, string>> = {},
): Response {
  return Response.json({ code, message }, {
    status,
    headers: { "sb-error-code": code, ...headers },
  });
}
