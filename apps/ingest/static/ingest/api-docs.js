// Draws the OpenAPI document. A write of a signed-in browser carries its CSRF token.

function csrfToken() {
  const match = document.cookie.match(/(?:^|; )csrftoken=([^;]+)/);
  return match ? decodeURIComponent(match[1]) : "";
}

// Swagger UI has a dark look of its own, behind a class.
function followTheme() {
  const { theme } = document.documentElement.dataset;
  const dark = theme === "auto" ? matchMedia("(prefers-color-scheme: dark)").matches : theme === "dark";
  document.documentElement.classList.toggle("dark-mode", dark);
}

followTheme();
document.addEventListener("paceline:look", followTheme);

const place = document.getElementById("api-docs");

window.SwaggerUIBundle({
  url: place.dataset.schema,
  domNode: place,
  deepLinking: true,
  defaultModelsExpandDepth: 0,
  validatorUrl: null,
  onComplete: () => {
    for (const part of place.querySelectorAll("main, [role=main]")) part.setAttribute("role", "presentation"); // a page has one
  },
  requestInterceptor: (request) => {
    if (request.method && request.method !== "GET") {
      request.headers["X-CSRFToken"] = csrfToken();
    }
    return request;
  },
});
