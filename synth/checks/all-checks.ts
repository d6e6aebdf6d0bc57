import type { Checks } from "./run-checks.ts";
import { checkProbes } from "./apps-without-probe.ts";
import { checkCustomKinds } from "./custom-kinds.ts";
import { checkDisruptionBudgets } from "./disruption-budgets.ts";
import { checkIdentity } from "./identity.ts";
import { checkImages } from "./images.ts";
import { checkKindsAndFields } from "./kinds-and-fields.ts";
import { checkLabels } from "./labels.ts";
import { checkNamespaceFence } from "./namespace-fence.ts";
import { checkNames } from "./names.ts";
import { checkNamespaces } from "./namespaces.ts";
import { checkPlainTextSecrets } from "./plain-text-secrets.ts";
import { checkPlanProbes } from "./plan-probes.ts";
import { checkPodParts } from "./pod-parts.ts";
import { checkPodSecurity } from "./pod-security.ts";
import { checkReferences } from "./references.ts";
import { checkSelectors } from "./selectors.ts";
import { checkServerFields } from "./server-fields.ts";
import { checkServiceTargets } from "./service-targets.ts";
import { checkExclusiveResources } from "./exclusive-resources.ts";
import { checkObjectSizes, checkTreeSize } from "./sizes.ts";

/** The checks of every tree, each in its own file. */
export const allChecks: Checks = {
  units: [
    checkKindsAndFields,
    checkNames,
    checkLabels,
    checkServerFields,
    checkNamespaceFence,
    checkImages,
    checkPodParts,
    checkSelectors,
    checkPlainTextSecrets,
    checkObjectSizes,
  ],
  sites: [
    checkIdentity,
    checkCustomKinds,
    checkNamespaces,
    checkPodSecurity,
    checkReferences,
    checkServiceTargets,
    checkPlanProbes,
    checkDisruptionBudgets,
    checkExclusiveResources,
    checkTreeSize,
  ],
  fleet: [checkProbes],
};
