import { createOrtSession, type LoadedGraph } from "../../core/src/inference/ort-session.ts";
import type { BundleSessions, NamedTensors } from "../../core/src/inference/session.ts";
import { type Bundle, bundleFile, componentOf } from "../../core/src/models/bundle.ts";

/** A run of a graph, as a test saw it. */
export interface SeenRun {
  component: string;
  feeds: NamedTensors;
}

/** A bundle's graphs in this process, each loaded once when it is asked for; tells every run. */
export function openGraphs(
  bundle: Bundle,
  onRun: (run: SeenRun) => void = () => {},
  threads = 1,
): BundleSessions & { close(): Promise<void> } {
  const graphs = new Map<string, Promise<LoadedGraph>>();
  const load = (name: string) => {
    const component = componentOf(bundle, name);
    const file = bundleFile(bundle, component.file);
    return createOrtSession({ file, component, label: name, provider: "cpu", threads });
  };
  return {
    async session(name) {
      const graph = graphs.get(name) ?? load(name);
      graphs.set(name, graph);
      const { provider, run } = await graph;
      return {
        provider,
        run: (feeds, outputs) => {
          onRun({ component: name, feeds });
          return run(feeds, outputs);
        },
      };
    },
    async close() {
      for (const graph of graphs.values()) await (await graph).release();
    },
  };
}
