/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Lines and words of a file of commands, see line.h. It knows nothing of what they mean. */

#include "xnetns/line.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

static const char blanks[] = " \t\r\n";

/* Appends the next line of the file to the first @length bytes. Return: as line_read(). */
static int append(struct line_reader *reader, size_t length)
{
	char *line = NULL, *comment, *larger;
	size_t size = 0, n;
	ssize_t length_read;
	int r = 1;

	errno = 0;
	length_read = getline(&line, &size, reader->in);
	if (length_read < 0)
		r = errno ? -errno : ferror(reader->in) ? -EIO : 0;
	else if (memchr(line, '\0', (size_t)length_read))
		r = -EILSEQ;
	else if ((comment = strchr(line, '#')))
		*comment = '\0';
	n = r == 1 ? strlen(line) : 0;
	if (r == 1 && length + n + 1 > reader->size) {
		larger = realloc(reader->text, length + n + 1);
		if (larger) {
			reader->text = larger;
			reader->size = length + n + 1;
		} else {
			r = -ENOMEM;
		}
	}
	if (r == 1) {
		memcpy(reader->text + length, line, n + 1);
		reader->number++;
	}
	free(line);
	return r;
}

int line_read(struct line_reader *reader)
{
	int r = append(reader, 0);
	char *end;

	while (r == 1 && (end = strstr(reader->text, "\\\n"))) {
		r = append(reader, (size_t)(end - reader->text));
		if (r == 0)
			return -ENODATA;
	}
	return r;
}

/* Ends the word that begins at @word. Return: what follows it, or NULL if a quote is not closed. */
static char *end_word(char **word)
{
	char quote = **word;
	char *end;

	if (quote == '\'' || quote == '"') {
		end = strchr(++*word, quote);
		if (!end)
			return NULL;
	} else {
		end = *word + strcspn(*word, blanks);
	}
	if (*end)
		*end++ = '\0';
	return end;
}

int line_split(char *text, char ***ret_words, int *ret_n)
{
	/* Every word takes two bytes, or one at the end. */
	char **words = calloc(strlen(text) / 2 + 2, sizeof(*words));
	int n = 0;

	if (!words)
		return -ENOMEM;
	for (text += strspn(text, blanks); *text; text += strspn(text, blanks)) {
		char *word = text;

		text = end_word(&word);
		if (!text || n == INT_MAX) {
			free(words);
			return -EINVAL;
		}
		words[n++] = word;
	}
	*ret_words = words;
	*ret_n = n;
	return 0;
}
