// Lets functions without a body stand in cel.go: theirs are in package oidc.
