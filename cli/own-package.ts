/** What the launcher knows of this package. */
export interface OwnPackage {
  readonly version: string;
  /** Ranges as in package.json: a new fleet asks for the same, so that both share one copy of cdk8s and zod. */
  readonly dependencies: Readonly<Record<string, string>>;
  readonly peerDependencies: Readonly<Record<string, string>>;
  /** The folder that holds package.json. */
  readonly folder: string;
  /** Run from the repository's sources, not from an installed package. */
  readonly isRepository: boolean;
}
