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
    add(...objects: Object3D[]): this;
    traverse(visit: (object: Object3D) => void): void;
  }
  export class Mesh extends Object3D {
    readonly isMesh: true;
    geometry: { dispose(): void };
    material: MeshStandardMaterial | MeshStandardMaterial[];
  }
  export class MeshStandardMaterial {
    wireframe: boolean;
    dispose(): void;
  }
  export class Scene extends Object3D {
    environment: Texture | null;
  }
  export class Texture {
    dispose(): void;
  }
  export class Box3 {
    setFromObject(object: Object3D): this;
    getCenter(target: Vector3): Vector3;
    getSize(target: Vector3): Vector3;
  }
  export class PerspectiveCamera extends Object3D {
    constructor(fov?: number, aspect?: number, near?: number, far?: number);
    readonly position: Vector3;
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
