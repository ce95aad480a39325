/* Every page loads this one module; each part looks after its own elements. */
import "./net.js";
import "./clock.js";
import "./keys.js";
import "./compose.js";
import "./posts.js";
import "./keep.js";
import "./mistakes.js";
import "./theme.js";
import "./toast.js";
import "./menus.js";
import "./pairs.js";
import "./articles.js";
import "./places.js";
import "./year.js";
import "./autosave.js";
import "./presence.js";
