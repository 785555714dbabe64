import packageJson from "../../package.json" with { type: "json" };

/** Version of the core, as package.json states it. */
export const VERSION: string = packageJson.version;
