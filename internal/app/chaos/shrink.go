package chaos

import (
	"context"
	"slices"
)

// maxTries bounds how many runs a shrinking may take.
const maxTries = 300

// Shrink takes steps out of a script that fails for as long as it goes on failing
// in the same way (delta debugging: halves, quarters, … single steps). It returns
// what is left and the violation it ends in.
func (b *Stage) Shrink(ctx context.Context, r Rules, steps []Step, found Violation) ([]Step, Violation) {
	if found.Step < len(steps) {
		steps = steps[:found.Step+1]
	}
	tries := 0
	fails := func(s []Step) (Violation, bool) {
		if tries++; tries > maxTries || ctx.Err() != nil {
			return Violation{}, false
		}
		out, err := b.Play(ctx, r, s)
		if err != nil {
			return Violation{}, false
		}
		i := slices.IndexFunc(out.Violations, func(v Violation) bool { return v.Kind == found.Kind })
		if i < 0 {
			return Violation{}, false
		}
		return out.Violations[i], true
	}
	for size := max(len(steps)/2, 1); ; size = max(size/2, 1) {
		cut := false
		for at := 0; at < len(steps) && tries <= maxTries; {
			less := slices.Delete(slices.Clone(steps), at, min(at+size, len(steps)))
			if v, ok := fails(less); ok {
				steps, found, cut = less[:min(len(less), v.Step+1)], v, true
				continue
			}
			at += size
		}
		if size == 1 && !cut || tries > maxTries {
			return steps, found
		}
	}
}
