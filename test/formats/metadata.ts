import type { PictureMetadata } from "../../core/src/formats/embed-metadata.ts";

/** Metadata with what is hard to write: quotes, brackets, line breaks, other scripts, an emoji. */
export const METADATA: PictureMetadata = {
  software: "genga 0.1.0",
  parameters: 'a "stone" bridge & <river>, 原画 🎨\nNegative prompt: blurry\nSteps: 20',
  xmp: {
    digital_source_type: "http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia",
    creator_tool: "genga 0.1.0",
    created: "2026-11-22T10:00:00.000Z",
    title: "Bridge <1>",
    ai_system: "Test bundle",
    ai_system_version: "1.0.2",
    ai_prompt: 'a "stone" bridge & <river>, 原画 🎨\nNegative prompt: blurry',
    user: "Ada & Søn",
  },
};
