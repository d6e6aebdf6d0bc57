import type { Chart } from "cdk8s";
import { App, type AppProps, ConfigMap, late, type Site, Workload, WorkloadService } from "skerry";
import { FlightBoard, FlightBoardSpecTheme, FlightBoardSpecViewsKind } from "../../imports/skerry.example.ts";
import type { AirportLabels } from "../../sites/airports.ts";

export interface DepartureBoardsProps extends AppProps<AirportLabels> {
  readonly images: Readonly<Record<AirportLabels["size"], string>>;
}

/** Flight information on screens. Two replicas where a second machine can take over. */
export class DepartureBoards extends App<DepartureBoardsProps> {
  override build(chart: Chart, site: Site<AirportLabels>): void {
    const isLarge = site.labels.size === "large";
    // A late fact: all airports of a size share this ConfigMap and the workload that mounts it.
    const settings = new ConfigMap(chart, "boards-settings", {
      data: { "boards.conf": late`airport = ${site.late.id}\nlanguages = local, en\nsource = flights.hub.example\n` },
    });
    const boards = new Workload(chart, "boards", {
      image: this.props.images[site.labels.size],
      replicas: site.nodes.length > 1 ? 2 : 1,
      ports: { http: 8080 },
      readiness: { httpGet: { path: "/healthz", port: "http" } },
      liveness: { httpGet: { path: "/healthz", port: "http" }, periodSeconds: 30 },
      resources: isLarge ? { cpu: "250m", memory: "256Mi" } : { cpu: "100m", memory: "128Mi" },
      volumes: {
        settings: { mountPath: "/etc/boards", configMap: settings },
        // The last known flights, which the boards show while the link is down.
        flights: { mountPath: "/var/lib/boards", emptyDir: { sizeLimit: "256Mi" } },
      },
    });
    new WorkloadService(chart, "service", { workload: boards, probe: { path: "/healthz" } });
    // An imported custom resource, checked against the CRD in the profile.
    new FlightBoard(chart, "screens", {
      metadata: { name: "terminal" },
      spec: {
        source: "http://boards/flights",
        theme: FlightBoardSpecTheme.DARK,
        refreshSeconds: site.link?.metered ? 60 : 15,
        views: [
          { kind: FlightBoardSpecViewsKind.DEPARTURES, rows: isLarge ? 24 : 12 },
          { kind: FlightBoardSpecViewsKind.ARRIVALS, rows: isLarge ? 24 : 12 },
          ...(isLarge ? [{ kind: FlightBoardSpecViewsKind.GATES }] : []),
        ],
      },
    });
  }
}
