// Another's wallet, issuer or verifier, played over lines: `node peer.mjs PACKAGES ROLE`, where PACKAGES is the folder that
// `cargo xtask interop` has filled. The packages do the protocol; what is here connects them.

import { hear, say } from "./lines.mjs";
import { issue } from "./issuer.mjs";
import { ask } from "./verifier.mjs";
import { present, receive } from "./wallet.mjs";

const roles = { issue, ask, present, receive };

try {
  await roles[process.argv[3]](await hear());
} catch (error) {
  say({ failed: `${error.stack}\n${JSON.stringify(error.errorResponse ?? error.cause?.stack ?? null)}` });
}
process.exit(0);
