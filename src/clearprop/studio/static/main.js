// The studio as a page of its own: its server is the one that the page came from.
import { SocketServer } from "./server.js";
import { mount } from "./studio.js";

const root = document.getElementById("studio");
if (root) mount(root, new SocketServer(sessionName()), window);

/** The name of this tab's session; it survives a reload, and every tab has its own. */
function sessionName() {
  const kept = sessionStorage.getItem("session");
  // a tab that was duplicated has the name of the other: the browser says so by the way it came
  const [entry] = performance.getEntriesByType("navigation");
  const again = entry instanceof PerformanceNavigationTiming && entry.type !== "navigate";
  const name = kept !== null && again ? kept : randomName();
  sessionStorage.setItem("session", name);
  return name;
}

function randomName() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}
