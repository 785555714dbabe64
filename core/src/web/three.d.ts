// What the viewer uses of three.js 0.187 (MIT), which comes without types; the community's bring seven packages along.
declare module "three" {
  export class Vector3 {
    constructor(x?: number, y?: number, z?: number);
    x: number;
    y: number;
    z: number;
    set(x: number, y: number, z: number): this;
    copy(other: Vector3): this;
    add(other: Vector3): this;
    length(): number;
  }
  export class Object3D {
    readonly position: Vector3;
    add(...objects: Object3D[]): this;
    remove(...objects: Object3D[]): this;
    lookAt(target: Vector3): void;
    traverse(visit: (object: Object3D) => void): void;
  }
  export class BufferGeometry {
    readonly index: { readonly count: number } | null;
    readonly attributes: { readonly position?: { readonly count: number } };
    dispose(): void;
  }
  export class Mesh extends Object3D {
    constructor(geometry?: BufferGeometry, material?: Material);
    readonly isMesh: true;
    geometry: BufferGeometry;
    material: Material | Material[];
  }
  export class GridHelper extends Object3D {
    constructor(size: number, divisions: number, centre_color: number, color: number);
    readonly geometry: BufferGeometry;
    readonly material: Material;
  }
  export class HemisphereLight extends Object3D {
    constructor(sky_color: number, ground_color: number, intensity: number);
  }
  export class DirectionalLight extends Object3D {
    constructor(color: number, intensity: number);
  }
  export class Material {
    /** Of materials that have one. */
    metalness?: number;
    dispose(): void;
  }
  export class MeshStandardMaterial extends Material {
    constructor(options?: { color?: number; roughness?: number });
  }
  export class MeshBasicMaterial extends Material {
    constructor(options?: { color?: number; wireframe?: boolean });
  }
  export class Scene extends Object3D {
    environment: Texture | null;
  }
  export class Texture {
    dispose(): void;
  }
  export class Box3 {
    readonly min: Vector3;
    setFromObject(object: Object3D): this;
    getCenter(target: Vector3): Vector3;
    getSize(target: Vector3): Vector3;
  }
  export class PerspectiveCamera extends Object3D {
    constructor(fov?: number, aspect?: number, near?: number, far?: number);
    near: number;
    far: number;
    aspect: number;
    updateProjectionMatrix(): void;
  }
  export class WebGLRenderer {
    constructor(options: { canvas: HTMLCanvasElement; antialias?: boolean; alpha?: boolean });
    toneMapping: number;
    toneMappingExposure: number;
    setSize(width: number, height: number, updateStyle?: boolean): void;
    render(scene: Scene, camera: PerspectiveCamera): void;
    dispose(): void;
    forceContextLoss(): void;
    getContext(): WebGL2RenderingContext;
  }
  export class PMREMGenerator {
    constructor(renderer: WebGLRenderer);
    fromScene(scene: Scene, sigma?: number): { texture: Texture };
    dispose(): void;
  }
  export const NeutralToneMapping: number;
}

declare module "three/addons/controls/OrbitControls.js" {
  import type { PerspectiveCamera, Vector3 } from "three";
  export class OrbitControls {
    constructor(camera: PerspectiveCamera, element: HTMLElement);
    readonly target: Vector3;
    enableDamping: boolean;
    autoRotate: boolean;
    autoRotateSpeed: number;
    minDistance: number;
    maxDistance: number;
    addEventListener(type: "start", listener: () => void): void;
    update(seconds?: number): boolean;
    dispose(): void;
  }
}

declare module "three/addons/environments/RoomEnvironment.js" {
  import { Scene } from "three";
  export class RoomEnvironment extends Scene {
    dispose(): void;
  }
}

declare module "three/addons/loaders/GLTFLoader.js" {
  import type { Object3D } from "three";
  export class GLTFLoader {
    parseAsync(bytes: ArrayBuffer, path: string): Promise<{ scene: Object3D }>;
  }
}
