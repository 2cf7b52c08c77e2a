// Runs the cases of one server and prints one line for each. The set-up comes as JSON on standard input.

import { text } from "node:stream/consumers";
import { differentialCases } from "./differential_cases.mjs";
import { mixUpCases } from "./mix_up_cases.mjs";
import { oauth4webapiCases } from "./oauth4webapi_cases.mjs";
import { openidClientCases } from "./openid_client_cases.mjs";

const setup = JSON.parse(await text(process.stdin));
// The server's clock is the runner's to move, so that polling intervals cost no time.
setup.pass = async (seconds) => { await fetch(new URL("clock", setup.programUrl), { method: "POST", body: String(seconds) }); };
const [differential, mixUp] = [await differentialCases(setup), await mixUpCases(setup)];
const groups = {
  oauth4webapi: await oauth4webapiCases(setup),
  "openid-client": await openidClientCases(setup),
  "same as oidc-provider": differential.cases,
  "mixed up with oidc-provider": mixUp.cases,
};
let failed = 0;
for (const [group, cases] of Object.entries(groups)) {
  for (const [name, run] of Object.entries(cases)) {
    try {
      await run();
      console.log(`ok    ${group}: ${name}`);
    } catch (error) {
      failed += 1;
      console.log(`FAIL  ${group}: ${name}`);
      console.log(String(error.stack ?? error).split("\n").slice(0, 12).join("\n").replace(/^/gm, "        "));
      if (error.cause) console.log(`        cause: ${JSON.stringify(error.cause)?.slice(0, 600)}`);
    }
  }
}
differential.close();
mixUp.close();
console.log(failed ? `${failed} failed` : "all passed");
process.exit(failed ? 1 : 0);
