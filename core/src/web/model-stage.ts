// Built into a file of its own, which the page loads with the first mesh that is opened: three.js is many times the rest of the page.
import {
  Box3,
  Mesh,
  NeutralToneMapping,
  type Object3D,
  PerspectiveCamera,
  PMREMGenerator,
  Scene,
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
  /** Whether its triangles are drawn as lines. */
  setWireframe(shown: boolean): void;
}

/** A turn in 20 s. */
const TURNS_PER_MINUTE = 3;
const FOV_DEGREES = 35;
/** Blur of the room that lights the model, radians; three's own example. */
const ROOM_BLUR = 0.04;

/**
 * Shows a GLB on a canvas in the light of a neutral room: drag to go round it, wheel to come nearer. Ends by itself when the canvas is
 * taken off the page.
 *
 * @throws Error if the browser has no WebGL, or the file cannot be read
 */
export async function showModel(
  canvas: HTMLCanvasElement,
  glb: ArrayBuffer,
  onTurning: (turning: boolean) => void,
): Promise<ModelStage> {
  const { scene: model } = await new GLTFLoader().parseAsync(glb, "");
  const renderer = new WebGLRenderer({ canvas, antialias: true, alpha: true });
  renderer.setSize(canvas.width, canvas.height, false);
  renderer.toneMapping = NeutralToneMapping;
  const scene = new Scene();
  const light = new PMREMGenerator(renderer);
  const room = new RoomEnvironment();
  scene.environment = light.fromScene(room, ROOM_BLUR).texture;
  room.dispose();
  light.dispose();
  scene.add(model);

  const camera = new PerspectiveCamera(FOV_DEGREES, canvas.width / canvas.height);
  const controls = new OrbitControls(camera, canvas);
  frame(model, camera, controls);
  controls.enableDamping = true;
  controls.autoRotateSpeed = TURNS_PER_MINUTE;
  // Who asks for less motion turns it by hand; so does whoever takes hold of it.
  controls.autoRotate = !matchMedia("(prefers-reduced-motion: reduce)").matches;
  controls.addEventListener("start", () => {
    if (!controls.autoRotate) return;
    controls.autoRotate = false;
    onTurning(false);
  });

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
    scene.environment?.dispose();
    for (const { geometry, material } of meshesOf(model)) {
      geometry.dispose();
      for (const one of [material].flat()) one.dispose();
    }
    renderer.dispose();
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
    setWireframe(shown) {
      for (const { material } of meshesOf(model)) for (const one of [material].flat()) one.wireframe = shown;
    },
  };
}

/** Looks at the whole model from the front, a little from above and the side. */
function frame(model: Object3D, camera: PerspectiveCamera, controls: OrbitControls): void {
  const box = new Box3().setFromObject(model);
  const radius = Math.max(box.getSize(new Vector3()).length() / 2, 1e-6);
  const distance = (radius / Math.sin((FOV_DEGREES * Math.PI) / 360)) * 1.05;
  box.getCenter(controls.target);
  camera.position.set(0.45 * distance, 0.35 * distance, 0.82 * distance).add(controls.target);
  camera.near = distance / 100;
  camera.far = distance * 20;
  camera.updateProjectionMatrix();
  controls.minDistance = radius * 0.2;
  controls.maxDistance = distance * 5;
}

function meshesOf(model: Object3D): Mesh[] {
  const meshes: Mesh[] = [];
  model.traverse((object) => {
    if (object instanceof Mesh) meshes.push(object);
  });
  return meshes;
}
