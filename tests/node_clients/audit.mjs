// The audits of graphql-http against a server. One line of JSON on standard output for each: id, name, status.
import { auditServer } from "graphql-http";

const [url] = process.argv.slice(2);
for (const { id, name, status, reason } of await auditServer({ url })) {
  process.stdout.write(JSON.stringify({ id, name, status, reason }) + "\n");
}
