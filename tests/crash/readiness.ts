/** What a server says of itself to who sends it work: status, and one line. */
export async function readinessOf({ url }: { readonly url: string }): Promise<readonly [status: number, text: string]> {
  const response = await fetch(`${url}/health/ready`);
  return [response.status, (await response.text()).trim()];
}
