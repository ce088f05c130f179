// Loads the behaviours that the page asks for with data attributes. Every page works without them.
const behaviours = {
  "[data-live]": "live",
  "[data-said]": "announce",
  "[data-filter]": "filter",
  "[data-select]": "select",
  "[data-confirm]": "confirm",
  "[data-submit-once]": "submit",
  "[data-autostart]": "autostart",
  "[data-print]": "print",
};

const used = Object.entries(behaviours).filter(([selector]) => document.querySelector(selector));

await Promise.all(
  used.map(async ([, name]) => (await import(`./behaviours/${name}.js`)).start(document)),
);
document.documentElement.dataset.ready = "yes";
