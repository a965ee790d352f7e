package importing

import (
	"errors"
	"io"

	"github.com/shuke-commerce/shuke/internal/domain/catalog/feed"
)

// batchSize is how many products share one transaction.
const batchSize = 50

// source reads the products of a file in batches.
type source struct {
	reader *feed.Reader
	err    error // what ended the file: io.EOF or a *feed.FileError
}

func (f *Flow) source(r io.Reader, s Settings) (*source, error) {
	o, err := s.options(f.Now())
	if err != nil {
		return nil, err
	}
	reader, err := feed.Open(r, o)
	return &source{reader: reader}, err
}

// next gives up to n products; none at the end of the file or where it broke.
func (s *source) next(n int) ([]item, error) {
	var batch []item
	for len(batch) < n && s.err == nil {
		p, problems, err := s.reader.Next()
		if err == nil {
			batch = append(batch, newItem(p, problems))
			continue
		}
		s.err = err
		var broken *feed.FileError
		if !errors.Is(err, io.EOF) && !errors.As(err, &broken) {
			return nil, err
		}
	}
	return batch, nil
}

// broken gives what is wrong with the file as a whole, nil when it was read to its end.
func broken(err error) *Problem {
	var e *feed.FileError
	if !errors.As(err, &e) {
		return nil
	}
	p := fromFeed(e.Problem)
	return &p
}
