// Plain cdk8s on the same objects: one App, one Chart a site, as its documentation shows it. Argument: the number of sites.
import { App, Chart, type IResolver, type ResolutionContext } from "cdk8s";
import { Construct } from "constructs";
import { Late, latePartsOf } from "../constructs/index.ts";
import fleet from "./fleet/stack.ts";

/** Plain facts have no late form here: the text is there already. */
class PlainText implements IResolver {
  resolve(context: ResolutionContext): void {
    if (Late.isLate(context.value)) context.replaceValue(latePartsOf(context.value).join(""));
  }
}

const count = Number(process.argv[2]);
const app = new App({ resolvers: [new PlainText()] });
for (const site of fleet.inventory.sites.slice(0, count)) {
  const chart = new Chart(app, site.id);
  const facts = { ...site, late: site };
  for (const unit of fleet.units) unit.build(new Construct(chart, unit.name) as Chart, facts as never);
}
console.log(app.synthYaml().length);
