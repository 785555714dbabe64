// Two rules of the house: no import circles, and a lower folder never imports a higher one.
const layers = [
  ["protocol"],
  ["make-folder.ts"],
  ["tensor"],
  ["motion", "mesh"],
  ["diffusion", "tokenizers", "preprocessors", "formats", "store.ts", "logger.ts"],
  ["models"],
  ["inference"],
  ["pipelines"],
  ["host"],
  ["provenance", "assets"],
  ["jobs"],
  ["config.ts"],
  ["server"],
  ["client"],
  ["app.ts"],
  ["cli"],
];
const pathOf = (names) => `^core/src/(${names.map((name) => name.replace(".", "\\.")).join("|")})(/|$)`;

module.exports = {
  forbidden: [
    { name: "no-circles", severity: "error", from: {}, to: { circular: true } },
    ...layers.map((names, index) => ({
      name: `below-${names[0]}`,
      comment: "A lower folder never imports a higher one.",
      severity: "error",
      from: { path: pathOf(names) },
      to: { path: pathOf(layers.slice(index + 1).flat().concat("#nothing")) },
    })),
    {
      name: "comfyui-below-jobs",
      comment: "The bridge to ComfyUI makes pictures; it knows nothing of jobs, clients, signing or files of the store.",
      severity: "error",
      from: { path: "^bridges/comfyui/" },
      to: { path: "^core/src/(inference|provenance|assets|jobs|server|client|cli|app\\.ts|config\\.ts|store\\.ts)" },
    },
    {
      name: "comfyui-by-app-only",
      comment: "One place knows the bridge; a core without ComfyUI servers does not load it.",
      severity: "error",
      from: { path: "^core/src/", pathNot: "^core/src/(app\\.ts|cli/comfyui\\.ts)$" },
      to: { path: "^bridges/" },
    },
    {
      name: "core-without-onnxruntime",
      comment: "Only the inference process loads the runtime: it blocks its thread and may take the process down.",
      severity: "error",
      from: { path: "^core/src/", pathNot: "^core/src/(inference|host)/" },
      to: { path: "onnxruntime-node" },
    },
  ],
  options: {
    doNotFollow: { path: "node_modules" },
    tsConfig: { fileName: "tsconfig.json" },
    tsPreCompilationDeps: true,
  },
};
