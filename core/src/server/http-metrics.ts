import type { Counters } from "./counters.ts";
import type { Services } from "./services.ts";

/** Gives the metrics of the core as Prometheus text. The library is loaded when somebody asks first. */
export async function renderMetrics(counters: Counters, services: Services): Promise<{ type: string; text: string }> {
  const { Counter, Gauge, Registry, collectDefaultMetrics } = (await import("prom-client")).default;
  const registry = new Registry();
  const gauge = (name: string, help: string, value: number) =>
    new Gauge({ name, help, registers: [registry] }).set(value);
  const counter = (name: string, help: string, values: Iterable<[string, number]>, label: string) => {
    const metric = new Counter({ name, help, labelNames: [label], registers: [registry] });
    for (const [key, value] of values) metric.inc({ [label]: key }, value);
  };
  collectDefaultMetrics({ register: registry });
  gauge("genga_clients", "Clients connected now.", counters.connections_open);
  new Counter({ name: "genga_connections_total", help: "Clients welcomed.", registers: [registry] }).inc(
    counters.connections_total,
  );
  new Counter({
    name: "genga_strangers_turned_away_total",
    help: "Connections closed before they showed the token.",
    registers: [registry],
  }).inc(counters.strangers_turned_away);
  new Counter({ name: "genga_received_bytes_total", help: "Bytes taken from WebSockets.", registers: [registry] }).inc(
    counters.bytes_received,
  );
  new Counter({ name: "genga_sent_bytes_total", help: "Bytes of messages sent.", registers: [registry] }).inc(
    counters.bytes_sent,
  );
  counter("genga_messages_total", "Messages taken, by type.", counters.messages, "type");
  counter("genga_errors_total", "Refusals and faults, by code.", counters.errors, "code");
  const jobs = new Gauge({ name: "genga_jobs", help: "Jobs by state.", labelNames: ["state"], registers: [registry] });
  for (const [state, value] of Object.entries(services.jobs.counts())) jobs.set({ state }, value);
  const { memory_bytes } = await services.status();
  gauge("genga_memory_bytes", "Resident memory of the core and its inference process.", memory_bytes);
  return { type: registry.contentType, text: await registry.metrics() };
}
