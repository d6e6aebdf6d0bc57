export { type BundleFile, bundleFiles, type BundleRequest } from "./bundle.ts";
