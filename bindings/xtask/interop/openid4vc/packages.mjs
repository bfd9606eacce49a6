// The packages under test. They lie in a folder of their own, where no import of a file here looks.

import { webcrypto } from "node:crypto";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

// Node.js 18 has it, under no name.
globalThis.crypto ??= webcrypto;

const load = (path) => import(pathToFileURL(join(process.argv[2], "node_modules", path)).href);

export const dcql = await load("dcql/dist/index.mjs");
export const jose = await load("jose/dist/webapi/index.js");
export const oauth2 = await load("@openid4vc/oauth2/dist/index.mjs");
export const openid4vci = await load("@openid4vc/openid4vci/dist/index.mjs");
export const openid4vp = await load("@openid4vc/openid4vp/dist/index.mjs");
export const { SDJwtInstance } = await load("@sd-jwt/core/dist/index.mjs");
