/** The page and its workers are one program: where there is no document it computes. */

import { startPage } from "./page/start.js";
import { startWorker } from "./worker.js";

if ("document" in globalThis) startPage();
else startWorker(/** @type {any} */ (globalThis));
