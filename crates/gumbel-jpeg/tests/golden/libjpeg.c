/* Reads the files named on standard input, one name a line, with libjpeg. mutate.py builds and runs this program.

For each file it writes, little-endian: the verdict, u32, 0 for a file read without a warning, 1 with a warning, 2
for a refused file, 3 for an image that is too large to try; the message, as a length, u32, and bytes. For verdicts
0 and 1 also the number of components, u32, and for each component rows and columns of blocks, u32, 64 quantisation
steps, u16, and the coefficients, i16, in row-major order. */

#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jpeglib.h>

struct state {
    struct jpeg_error_mgr base;
    jmp_buf back;
    char text[4000];
};

static void note(j_common_ptr info) {
    struct state *state = (struct state *)info->err;
    char line[JMSG_LENGTH_MAX];
    info->err->format_message(info, line);
    if (strlen(state->text) + strlen(line) + 3 < sizeof state->text) {
        if (state->text[0])
            strcat(state->text, "; ");
        strcat(state->text, line);
    }
}

static void refuse(j_common_ptr info) {
    struct state *state = (struct state *)info->err;
    state->text[0] = 0;
    note(info);
    longjmp(state->back, 1);
}

static void message(j_common_ptr info, int level) {
    if (level < 0) {
        info->err->num_warnings++;
        note(info);
    }
}

static void number(unsigned value) {
    fwrite(&value, 4, 1, stdout);
}

static void verdict(unsigned which, const char *text) {
    number(which);
    number(strlen(text));
    fputs(text, stdout);
}

static void component(j_decompress_ptr info, int i, jvirt_barray_ptr array) {
    jpeg_component_info *c = &info->comp_info[i];
    unsigned short none[64] = {0};
    /* Without the blocks that pad the last units. */
    unsigned rows = (c->downsampled_height + 7) / 8, columns = (c->downsampled_width + 7) / 8;
    number(rows);
    number(columns);
    fwrite(c->quant_table ? c->quant_table->quantval : none, 2, 64, stdout);
    for (unsigned row = 0; row < rows; row++) {
        JBLOCKARRAY line =
            info->mem->access_virt_barray((j_common_ptr)info, array, row, 1, FALSE);
        fwrite(line[0], 2 * 64, columns, stdout);
    }
}

static void read_file(FILE *file) {
    struct jpeg_decompress_struct info;
    struct state state;
    state.text[0] = 0;
    info.err = jpeg_std_error(&state.base);
    state.base.error_exit = refuse;
    state.base.emit_message = message;
    if (setjmp(state.back)) {
        verdict(2, state.text);
        jpeg_destroy_decompress(&info);
        return;
    }
    jpeg_create_decompress(&info);
    jpeg_stdio_src(&info, file);
    jpeg_read_header(&info, TRUE);
    if ((double)info.image_width * info.image_height > 1 << 22) {
        verdict(3, "");
    } else {
        jvirt_barray_ptr *arrays = jpeg_read_coefficients(&info);
        verdict(info.err->num_warnings > 0, state.text);
        number(info.num_components);
        for (int i = 0; i < info.num_components; i++)
            component(&info, i, arrays[i]);
    }
    jpeg_destroy_decompress(&info);
}

int main(void) {
    char *line = NULL;
    size_t size = 0;
    ssize_t length;
    while ((length = getline(&line, &size, stdin)) > 0) {
        if (line[length - 1] == '\n')
            line[length - 1] = 0;
        FILE *file = fopen(line, "rb");
        if (!file)
            return 1;
        read_file(file);
        fclose(file);
    }
    free(line);
    return 0;
}
