/** The package ships no types; of its report this is what tests look at. */
declare module "gltf-validator" {
  interface Issue {
    code: string;
    message: string;
    pointer?: string;
    /** 0 error, 1 warning, 2 information, 3 hint. */
    severity: number;
  }
  interface Report {
    issues: { numErrors: number; numWarnings: number; messages: Issue[] };
  }
  export function validateBytes(bytes: Uint8Array): Promise<Report>;
}
