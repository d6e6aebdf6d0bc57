// `node --import skerry/imports --test`: a test's own imports are read before any of its lines runs, so the hook must be there earlier.
import { runImportedSources } from "./run-imported-sources.ts";

runImportedSources();
