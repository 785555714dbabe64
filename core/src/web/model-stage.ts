// Built into a file of its own, which the page loads with the first mesh that it shows: three.js is many times the rest of the page.
import {
  Box3,
  DirectionalLight,
  GridHelper,
  HemisphereLight,
  Mesh,
  MeshBasicMaterial,
  MeshStandardMaterial,
  NeutralToneMapping,
  type Object3D,
  PerspectiveCamera,
  PMREMGenerator,
  Scene,
  type Texture,
  Vector3,
  WebGLRenderer,
} from "three";
import { OrbitControls } from "three/addons/controls/OrbitControls.js";
import { RoomEnvironment } from "three/addons/environments/RoomEnvironment.js";
import { GLTFLoader } from "three/addons/loaders/GLTFLoader.js";

/** A model on a canvas. */
export interface ModelStage {
  /** Whether it turns by itself. */
  turning: boolean;
  /** Number of triangles that are drawn. */
  readonly triangles: number;
  /** Extent along x, y, z, metres. */
  readonly size_m: [number, number, number];
  /** Side of a square of the ground, metres. */
  readonly square_m: number;
  /** Shows the triangles as lines on plain clay, or the model as it is. */
  setWireframe(shown: boolean): void;
}

/** A turn in 20 s. */
const TURNS_PER_MINUTE = 3;
const FOV_DEGREES = 35;
/** Blur of the room that lights the model, radians; three's own example. */
const ROOM_BLUR = 0.04;
/** Most metalness that lamps show: without a room to mirror, a metal is black. */
const METALNESS = 0.3;
/** Squares of the ground from its middle to its edge, at the least. */
const GROUND_SQUARES = 10;

/**
 * Shows a GLB on a canvas, on squared ground, in the light of a neutral room where a graphics card draws, else of lamps. A drag goes round
 * it, the wheel comes nearer, two clicks go back to the start. Ends by itself when the canvas is taken off the page.
 *
 * @throws Error if the browser has no WebGL, or the file cannot be read
 */
export async function showModel(
  canvas: HTMLCanvasElement,
  glb: ArrayBuffer,
  onTurning: (turning: boolean) => void,
): Promise<ModelStage> {
  const { scene: model } = await new GLTFLoader().parseAsync(glb, "");
  const renderer = makeRenderer(canvas);
  const scene = new Scene();
  const meshes = meshesOf(model);
  if (isSoftware(renderer)) lightByLamps(scene, meshes);
  else scene.environment = makeRoom(renderer);
  const box = new Box3().setFromObject(model);
  const { x, y, z } = box.getSize(new Vector3());
  const square_m = 10 ** Math.floor(Math.log10(Math.max(x, y, z, 1e-6) / 2));
  const ground = makeGround(box, square_m);
  scene.add(model, ground);

  const camera = new PerspectiveCamera(FOV_DEGREES, canvas.width / canvas.height);
  const controls = new OrbitControls(camera, canvas);
  const lookFromFront = () => frame(box, camera, controls);
  lookFromFront();
  canvas.addEventListener("dblclick", lookFromFront);
  controls.enableDamping = true;
  controls.autoRotateSpeed = TURNS_PER_MINUTE;
  // Who asks for less motion turns it by hand; so does whoever takes hold of it.
  controls.autoRotate = !matchMedia("(prefers-reduced-motion: reduce)").matches;
  controls.addEventListener("start", () => {
    if (!controls.autoRotate) return;
    controls.autoRotate = false;
    onTurning(false);
  });

  const clay = new MeshStandardMaterial({ color: 0xb9b6b0, roughness: 0.9 });
  // Pushed back a little, so that the lines on it are whole.
  Object.assign(clay, { polygonOffset: true, polygonOffsetFactor: 1, polygonOffsetUnits: 1 });
  const pen = new MeshBasicMaterial({ color: 0x262626, wireframe: true });
  const materials = meshes.map(({ material }) => material);
  const lines = meshes.map(({ geometry }) => new Mesh(geometry, pen));

  let before = performance.now();
  const draw = (now: number) => {
    if (!canvas.isConnected) return end();
    controls.update((now - before) / 1000);
    before = now;
    renderer.render(scene, camera);
    requestAnimationFrame(draw);
  };
  const end = () => {
    controls.dispose();
    for (const thing of [clay, pen, ground.geometry, ground.material]) thing.dispose();
    release(meshes, materials);
    scene.environment?.dispose();
    renderer.dispose();
    // A browser gives a page a few contexts only, and takes the oldest away.
    renderer.forceContextLoss();
  };
  requestAnimationFrame(draw);
  return {
    get turning() {
      return controls.autoRotate;
    },
    set turning(turning) {
      controls.autoRotate = turning;
      onTurning(turning);
    },
    triangles: meshes.reduce((sum, { geometry }) => sum + trianglesOf(geometry), 0),
    size_m: [x, y, z],
    square_m,
    setWireframe(shown) {
      for (const [i, mesh] of meshes.entries()) {
        const [own, drawn] = [materials[i], lines[i]];
        if (own === undefined || drawn === undefined) continue;
        mesh.material = shown ? clay : own;
        if (shown) mesh.add(drawn);
        else mesh.remove(drawn);
      }
    },
  };
}

/** What small pictures are drawn with, once for all of them. */
let studio: { canvas: HTMLCanvasElement; renderer: WebGLRenderer } | undefined;

/**
 * Draws a small square picture of a GLB, seen as the turntable starts, with nothing behind it. One call at a time.
 *
 * @throws Error if the browser has no WebGL, or the file cannot be read
 */
export async function drawModel(glb: ArrayBuffer, side: number): Promise<Blob> {
  const { scene: model } = await new GLTFLoader().parseAsync(glb, "");
  if (studio === undefined) {
    const canvas = document.createElement("canvas");
    Object.assign(canvas, { width: side, height: side });
    studio = { canvas, renderer: makeRenderer(canvas) };
  }
  const { canvas, renderer } = studio;
  renderer.setSize(side, side, false);
  const camera = new PerspectiveCamera(FOV_DEGREES, 1);
  frame(new Box3().setFromObject(model), camera);
  const scene = new Scene();
  scene.add(model);
  const meshes = meshesOf(model);
  lightByLamps(scene, meshes);
  renderer.render(scene, camera);
  // Asked for before the browser shows the next frame and clears what was drawn.
  const drawn = new Promise<Blob | null>((resolve) => canvas.toBlob(resolve));
  release(
    meshes,
    meshes.map(({ material }) => material),
  );
  const picture = await drawn;
  if (picture === null) throw new Error("The browser cannot keep the picture.");
  return picture;
}

function makeRenderer(canvas: HTMLCanvasElement): WebGLRenderer {
  const renderer = new WebGLRenderer({ canvas, antialias: true, alpha: true });
  renderer.setSize(canvas.width, canvas.height, false);
  renderer.toneMapping = NeutralToneMapping;
  return renderer;
}

/** Whether the processor draws: then a room's light takes ten seconds to make, in which the page stands still. */
function isSoftware(renderer: WebGLRenderer): boolean {
  const context = renderer.getContext();
  const names = context.getExtension("WEBGL_debug_renderer_info");
  const name = String(context.getParameter(names?.UNMASKED_RENDERER_WEBGL ?? context.RENDERER));
  return /swiftshader|llvmpipe|software|basic render/i.test(name);
}

function lightByLamps(scene: Scene, meshes: readonly Mesh[]): void {
  const lamp = new DirectionalLight(0xffffff, 2.2);
  lamp.position.set(-0.6, 1, 0.8);
  scene.add(new HemisphereLight(0xffffff, 0x8f8880, 2.4), lamp);
  for (const material of meshes.flatMap((mesh) => mesh.material)) {
    if (material.metalness !== undefined) material.metalness = Math.min(material.metalness, METALNESS);
  }
}

/** The light of a neutral room. */
function makeRoom(renderer: WebGLRenderer): Texture {
  const generator = new PMREMGenerator(renderer);
  const room = new RoomEnvironment();
  const { texture } = generator.fromScene(room, ROOM_BLUR);
  room.dispose();
  generator.dispose();
  return texture;
}

/** Squares under the model, as far as it is long and more. */
function makeGround(box: Box3, square_m: number): GridHelper {
  const { x, z } = box.getSize(new Vector3());
  const squares = 2 * Math.max(GROUND_SQUARES, Math.ceil(Math.max(x, z) / square_m));
  const ground = new GridHelper(squares * square_m, squares, 0x808080, 0x808080);
  Object.assign(ground.material, { transparent: true, opacity: 0.3, depthWrite: false });
  box.getCenter(ground.position);
  // By the squares' side, so that the origin lies on a crossing.
  ground.position.set(snap(ground.position.x, square_m), box.min.y, snap(ground.position.z, square_m));
  return ground;
}

function snap(value: number, step: number): number {
  return Math.round(value / step) * step;
}

/** Looks at the whole model from the front, a little from above and the side. */
function frame(box: Box3, camera: PerspectiveCamera, controls?: OrbitControls): void {
  const target = controls?.target ?? new Vector3();
  const radius = Math.max(box.getSize(new Vector3()).length() / 2, 1e-6);
  const distance = (radius / Math.sin((FOV_DEGREES * Math.PI) / 360)) * 1.05;
  box.getCenter(target);
  camera.position.set(0.45 * distance, 0.35 * distance, 0.82 * distance).add(target);
  camera.near = distance / 100;
  camera.far = distance * 20;
  camera.lookAt(target);
  camera.updateProjectionMatrix();
  if (controls === undefined) return;
  controls.minDistance = radius * 0.2;
  controls.maxDistance = distance * 5;
}

function release(meshes: readonly Mesh[], materials: readonly Mesh["material"][]): void {
  for (const { geometry } of meshes) geometry.dispose();
  for (const material of materials.flat()) {
    for (const value of Object.values(material)) if (isTexture(value)) value.dispose();
    material.dispose();
  }
}

function isTexture(value: unknown): value is { isTexture: true; dispose(): void } {
  return typeof value === "object" && value !== null && "isTexture" in value;
}

function trianglesOf({ index, attributes }: Mesh["geometry"]): number {
  return Math.floor((index?.count ?? attributes.position?.count ?? 0) / 3);
}

function meshesOf(model: Object3D): Mesh[] {
  const meshes: Mesh[] = [];
  model.traverse((object) => {
    if (object instanceof Mesh) meshes.push(object);
  });
  return meshes;
}
