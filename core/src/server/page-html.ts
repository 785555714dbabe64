/** The core's own page; its script fills it. */
export const PAGE_HTML = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="dark light">
<title>Genga</title>
<link rel="stylesheet" href="/page.css">
</head>
<body>
<div id="page"><noscript>This page shows the queue of the Genga core and needs JavaScript.</noscript></div>
<script type="module" src="/page.js"></script>
</body>
</html>
`;
