export { type ProbedService, probedServices, type ServiceRequest } from "./bundle-services.ts";
export { type BundleFile, bundleFiles, type BundleRequest } from "./bundle.ts";
