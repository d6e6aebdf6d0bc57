/** All images, by digest. A new version is a change of one line here. */
export const images = {
  /** One for each size of airport, so that a new version can be tried at some of them first. */
  boards: {
    large: "registry.example/airports/boards:4.2.0@sha256:685d9a8f0fe5b5c6e79261ea48f7a70f7a9d9e18a726240d118c2274b115ba9c",
    medium: "registry.example/airports/boards:4.2.0@sha256:685d9a8f0fe5b5c6e79261ea48f7a70f7a9d9e18a726240d118c2274b115ba9c",
  },
  vision: "registry.example/airports/baggage-vision:1.9.3@sha256:1dd81b6d5ad270988fd195667e30e8abb92b3a08e4747e0935ede78a83be94a7",
  weather: "registry.example/airports/apron-weather:2.0.1@sha256:758b7bf0cb437c8a67314e05743dc41dfb5d47727e5185ad2d3822294f4dafc8",
  flow: "registry.example/airports/passenger-flow:3.1.0@sha256:9bf1e6dca508860019ff496a810ec05a4063bb51b774837270ecfb215a6c1f36",
  lights: "registry.example/airports/runway-lights:0.8.4@sha256:066991b17fafe866eeae453c1dfbc789f79ae1d80385f64bef3f4ff4591617d1",
  logCollector: "registry.example/mirror/fluent-bit:5.0.2@sha256:b4096a195e1b6039ba44347320431fecc94069b735e47f37b813bc8ddba9427c",
  metricsAgent: "registry.example/mirror/vmagent:1.130.0@sha256:e0218be9147d334cae4d86d601f54e87f87b8b6ceeddeea91c02cdee63394dde",
  nodeExporter: "registry.example/mirror/node-exporter:1.11.1@sha256:2303824a4e3dc61fe3195d1a6e978029d4774876cc9aba9d2c60ef85eb96a845",
} as const;
