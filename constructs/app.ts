import { Unit, type UnitProps } from "./unit.ts";

export interface AppProps<L = any> extends UnitProps<L> {
  /** The namespace of objects that do not set one. @default the app's name */
  readonly namespace?: string;
}

/**
 * A workload with a placement rule.
 *
 * @example
 * interface BoardsProps extends AppProps<Labels> {
 *   readonly image: string;
 * }
 *
 * export class Boards extends App<BoardsProps> {
 *   override build(chart: Chart, site: Site<Labels>): void {
 *     new Workload(chart, "boards", { image: this.props.image, replicas: site.nodes.length > 1 ? 2 : 1, env: { AIRPORT: site.late.id } });
 *   }
 * }
 */
export abstract class App<P extends AppProps = AppProps> extends Unit<P> {
  readonly kind = "app";

  get namespace(): string {
    return this.props.namespace ?? this.name;
  }
}
