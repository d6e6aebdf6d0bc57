/** What the launcher knows of this package. */
export interface OwnPackage {
  readonly version: string;
  readonly dependencies: Readonly<Record<string, string>>;
  readonly peerDependencies: Readonly<Record<string, string>>;
  /** The folder that holds package.json. */
  readonly folder: string;
  /** Run from the repository's sources, not from an installed package. */
  readonly isRepository: boolean;
}
