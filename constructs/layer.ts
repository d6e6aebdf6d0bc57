import type { Construct } from "constructs";
import { Profile } from "./profile.ts";
import { type PropsArgument, Unit, type UnitProps } from "./unit.ts";

export interface LayerProps<L = any> extends UnitProps<L> {
  /** The namespace of objects that do not set one. @default none: objects must set their own */
  readonly namespace?: string;
}

/**
 * One versioned part of a profile: operating system, Kubernetes, network, storage or an add-on. Constructed inside a `Profile`, each layer
 * after those that it depends on.
 */
export abstract class Layer<P extends LayerProps = LayerProps> extends Unit<P> {
  readonly kind = "layer";
  /** undefined outside a profile, which synth reports. */
  readonly profile: Profile | undefined;

  constructor(scope: Construct, id: string, ...props: PropsArgument<P>) {
    super(scope, id, ...props);
    this.profile = Profile.tryOf(this);
    this.profile?.addLayer(this);
  }

  get namespace(): string | undefined {
    return this.props.namespace;
  }
}
