/**
 * The reference fleet: the airports of the world. It has the layout of a fleet repository (`sites/ profiles/ constructs/ stacks/ imports/`),
 * except that the apps are in `stacks/airports/`, because `constructs/` here belongs to the framework.
 */
import { Fleet } from "skerry";
import { Airport } from "../profiles/index.ts";
import { airports } from "../sites/airports.ts";
import { ApronWeather } from "./airports/apron-weather.ts";
import { BaggageVision } from "./airports/baggage-vision.ts";
import { DepartureBoards } from "./airports/departure-boards.ts";
import { images } from "./airports/images.ts";
import { PassengerFlow } from "./airports/passenger-flow.ts";
import { RunwayLights } from "./airports/runway-lights.ts";

const HUB = "hub.airports.example";

const fleet = new Fleet("airports", { sites: airports });

new Airport(fleet, "airport", {
  images,
  hub: HUB,
  customKinds: [new URL("airports/flight-board.yaml", import.meta.url)],
  networkExceptions: { weather: { ingressFrom: ["kube-system"], egressTo: ["0.0.0.0/0"] } },
});

new DepartureBoards(fleet, "boards", { images: images.boards, where: (site) => site.labels.scheduled });
new BaggageVision(fleet, "vision", { image: images.vision, where: (site) => site.capacity.gpus > 0, deadlineSeconds: 900 });
new ApronWeather(fleet, "weather", { image: images.weather });
new PassengerFlow(fleet, "flow", { image: images.flow, where: (site) => site.labels.size === "large" && site.labels.scheduled });
new RunwayLights(fleet, "lights", { image: images.lights, where: (site) => !site.labels.scheduled });

export default fleet;
