// Another's wallet, issuer or verifier: `node peer.mjs PACKAGES ROLE`, where PACKAGES is the folder that `cargo xtask interop` has filled. What
// it plays it is told in a line; with `http` in it the role is played over HTTP, else over lines. The packages do the protocol; what is here
// connects them.

import { failure, hear, say } from "./lines.mjs";
import { issue } from "./issuer.mjs";
import { ask } from "./verifier.mjs";
import { present, receive } from "./wallet.mjs";

const roles = { issue, ask, present, receive };

try {
  await roles[process.argv[3]](await hear());
} catch (error) {
  say(failure(error));
}
process.exit(0);
